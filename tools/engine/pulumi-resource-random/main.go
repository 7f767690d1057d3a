// Command pulumi-resource-random serves the resources of the npm package @pulumi/random.
package main

import (
	"context"
	"errors"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	info "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	upstream "github.com/terraform-providers/terraform-provider-random/exposed"

	"pgrampart.example/engine/bridge"
)

// version is that of the npm package in use; the build sets it.
var version string

func main() {
	provider := info.ProviderInfo{
		Name:         "random",
		Version:      version,
		P:            tfbridge.ShimProvider(upstream.Provider()),
		MetadataInfo: info.NewProviderMetadata([]byte("{}")),
		Resources: map[string]*info.ResourceInfo{
			// The only resource without an "id" of its own.
			"random_bytes": {ComputeID: bytesID},
		},
		EnableAccurateBridgePreview: true,
		EnableRawStateDelta:         true,
	}
	provider.MustComputeTokens(bridge.Tokens("random", "Random"))
	tfbridge.Main(context.Background(), "random", provider,
		tfbridge.ProviderMetadata{PackageSchema: bridge.Schema("random", version)})
}

// bytesID identifies a RandomBytes by its value in base64, as the published plugin does.
func bytesID(_ context.Context, state resource.PropertyMap) (resource.ID, error) {
	value := state["base64"]
	if value.IsSecret() {
		value = value.SecretValue().Element
	}
	if !value.IsString() {
		return "", errors.New("random_bytes: upstream returned no base64 value")
	}
	return resource.ID(value.StringValue()), nil
}
