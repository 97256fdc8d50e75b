package registry

// VillagesOf names villages from codes and names of collectives.
func VillagesOf(collectives ...[2]string) []VillageName {
	var v villageNames
	for _, c := range collectives {
		v.add(c[0], c[1])
	}
	return v.list()
}
