package registry_test

import (
	"testing"

	"parus/fields/registry"
)

func TestMaskedForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ got, want string }{
		{registry.MaskName("王小明"), "王**"},
		{registry.MaskName("王明"), "王*"},
		{registry.MaskID("370199199001011234"), "370199********1234"},
		{registry.MaskID("护照E1"), "****"},
		{registry.MaskPhone("13800000000"), "138****0000"},
		{registry.MaskPhone(" 138 0000 0000 "), "138****0000"},
		{registry.MaskPhone("0531-8600000"), "************"},
		{registry.MaskPhone(""), ""},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
