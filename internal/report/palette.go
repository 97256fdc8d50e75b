package report

import "fmt"

// cropColour is the fill of a crop in every report, so that two seasons can be
// laid side by side. Lightness differs too, and the map adds hatching.
func cropColour(code string) string {
	switch code {
	case "winter_wheat":
		return "#e0b03b"
	case "spring_wheat":
		return "#c98f1e"
	case "barley":
		return "#d9c27a"
	case "maize":
		return "#3f8f4f"
	case "rice_early":
		return "#7cc4c9"
	case "rice_single":
		return "#2f8fa3"
	case "rice_japonica":
		return "#4aa8d8"
	case "rice_late":
		return "#1f6f8f"
	case "soybean":
		return "#9ac46b"
	case "peanut":
		return "#c97b4a"
	case "rapeseed":
		return "#ecd634"
	case "cotton":
		return "#b9a7d9"
	case "potato":
		return "#a5673f"
	case "sugarcane":
		return "#6fae3a"
	case "sugar_beet":
		return "#b0457b"
	case "tobacco":
		return "#7d7a2e"
	case "apple":
		return "#d2493f"
	case "citrus":
		return "#ef8a2c"
	case "tea":
		return "#2f6b4a"
	case "tomato":
		return "#e56a5b"
	case "garlic":
		return "#d8a6c4"
	case "sunflower":
		return "#f2a900"
	case "pulses":
		return "#7ba05b"
	case "cabbage":
		return "#5fb5a0"
	case "grassland":
		return "#a9cf8e"
	case "orchard":
		return "#8d4f8f"
	case "fallow":
		return "#b8a68a"
	case "no_crop":
		return "#9c9c9c"
	}
	return "#7a8fb0"
}

// hatch is the drawing inside the 80 × 80 tile of the pattern with that
// number: lines and dots that tell neighbours in the legend apart without
// colour. Number 0 is plain.
func hatch(n int) string {
	switch n % 8 {
	case 1:
		return `<path d="M-20 20L20-20M0 80L80 0M60 100L100 60"/>`
	case 2:
		return `<circle cx="20" cy="20" r="7"/><circle cx="60" cy="60" r="7"/>`
	case 3:
		return `<path d="M0 20H80M0 60H80"/>`
	case 4:
		return `<path d="M-20 60L20 100M0 0L80 80M60-20L100 20"/>`
	case 5:
		return `<path d="M20 0V80M60 0V80"/>`
	case 6:
		return `<path d="M0 40H80M40 0V80"/>`
	case 7:
		return `<path d="M0 0L80 80M80 0L0 80"/>`
	}
	return ""
}

// pattern is the definition of a map fill: a colour under a hatching.
func pattern(id, colour string, n int) string {
	return fmt.Sprintf(`<pattern id="%s" width="80" height="80" patternUnits="userSpaceOnUse"><rect width="80" height="80" fill="%s"/><g class="hatch">%s</g></pattern>`, id, colour, hatch(n))
}
