// Package bridge holds what the three bridged plugins share: the minimal package schema they serve
// and the way upstream resource names become Pulumi tokens.
package bridge

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
)

// Schema returns the package schema of a plugin. It names the package and nothing more: the resource types
// come from the npm packages, so a program never asks the plugin for them.
func Schema(name, version string) []byte {
	schema, err := json.Marshal(map[string]string{"name": name, "version": version})
	if err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-resource-%s: cannot write the package schema: %v\n", name, err)
		os.Exit(1)
	}
	return schema
}

// Tokens maps an upstream name such as "tls_cert_request" to "tls:index/certRequest:CertRequest".
// The prefix is put before each resource's own name (the "Random" of RandomPassword), and may be empty.
func Tokens(name, prefix string) tokens.Strategy {
	standard := tokens.MakeStandard(name)
	return tokens.SingleModule(name+"_", "index", func(module, resource string) (string, error) {
		return standard(module, prefix+resource)
	})
}
