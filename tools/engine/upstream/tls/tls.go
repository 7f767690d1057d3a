// Package tls hands out the upstream "tls" provider, which lies in an internal package.
package tls

import (
	"github.com/hashicorp/terraform-plugin-framework/provider"
	upstream "github.com/hashicorp/terraform-provider-tls/internal/provider"
)

// Provider returns the upstream provider, not configured.
func Provider() provider.Provider { return upstream.New() }
