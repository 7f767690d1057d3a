// Command pulumi-resource-postgresql serves the resources of the npm package @pulumi/postgresql.
package main

import (
	info "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	upstream "github.com/terraform-providers/terraform-provider-postgresql/postgresql"

	"pgrampart.example/engine/bridge"
)

// version is that of the npm package in use; the build sets it.
var version string

// Seconds to wait for a connection before giving up, as in the published plugin.
const connectTimeout = 180

func main() {
	provider := info.ProviderInfo{
		Name:         "postgresql",
		Version:      version,
		P:            shim.NewProvider(upstream.Provider()),
		MetadataInfo: info.NewProviderMetadata([]byte("{}")),
		Config: map[string]*info.SchemaInfo{
			"sslmode":         {Default: &info.DefaultInfo{EnvVars: []string{"PGSSLMODE"}}},
			"connect_timeout": {Default: &info.DefaultInfo{EnvVars: []string{"PGCONNECT_TIMEOUT"}, Value: connectTimeout}},
		},
		Resources: map[string]*info.ResourceInfo{
			// Created first, the successor would be revoked by the removal of what it replaces.
			"postgresql_grant": {Tok: "postgresql:index/grant:Grant", DeleteBeforeReplace: true},
		},
	}
	provider.MustComputeTokens(bridge.Tokens("postgresql", ""))
	provider.SetAutonaming(255, "-")
	info.Main("postgresql", version, provider, bridge.Schema("postgresql", version))
}
