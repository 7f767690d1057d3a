// Package random hands out the upstream "random" provider, which lies in an internal package.
package random

import (
	"github.com/hashicorp/terraform-plugin-framework/provider"
	upstream "github.com/terraform-providers/terraform-provider-random/internal/provider"
)

// Provider returns the upstream provider, not configured.
func Provider() provider.Provider { return upstream.New() }
