// Command pulumi-resource-tls serves the resources of the npm package @pulumi/tls.
package main

import (
	"context"

	upstream "github.com/hashicorp/terraform-provider-tls/exposed"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	info "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"

	"pgrampart.example/engine/bridge"
)

// version is that of the npm package in use; the build sets it.
var version string

func main() {
	provider := info.ProviderInfo{
		Name:         "tls",
		Version:      version,
		P:            tfbridge.ShimProvider(upstream.Provider()),
		MetadataInfo: info.NewProviderMetadata([]byte("{}")),
		// Functions carry a verb that upstream's names lack.
		DataSources: map[string]*info.DataSourceInfo{
			"tls_public_key":  {Tok: "tls:index/getPublicKey:getPublicKey"},
			"tls_certificate": {Tok: "tls:index/getCertificate:getCertificate"},
		},
		EnableZeroDefaultSchemaVersion: true,
	}
	provider.MustComputeTokens(bridge.Tokens("tls", ""))
	tfbridge.Main(context.Background(), "tls", provider,
		tfbridge.ProviderMetadata{PackageSchema: bridge.Schema("tls", version)})
}
