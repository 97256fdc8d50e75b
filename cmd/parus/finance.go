package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"parus/internal/season"
)

// readFinance reads the county's household table, where there is one.
func readFinance(path string) (map[string]season.Finance, string, error) {
	if path == "" {
		return nil, "", nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, "", fmt.Errorf("table of households: %w", err)
	}
	finance, err := parseFinance(data)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", path, err)
	}
	return finance, digestOf(string(data)), nil
}

// mostHouseholdYuan is beyond what a farming household owes or is paid: what is
// above is a number of another column or unit.
const mostHouseholdYuan = 1e8

// parseFinance reads household_id,subsidy_cny,off_farm_cny,debt_due_cny,
// existing_balance_cny; empty cells are nothing.
func parseFinance(data []byte) (map[string]season.Finance, error) {
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, errors.New("the table is empty: want a header and a row per household")
	}
	at := map[string]int{}
	for i, h := range rows[0] {
		at[strings.TrimPrefix(strings.TrimSpace(h), "\ufeff")] = i
	}
	id, ok := at["household_id"]
	if !ok {
		return nil, errors.New("want a column household_id")
	}
	out := make(map[string]season.Finance, len(rows))
	for n, row := range rows[1:] {
		var f season.Finance
		for column, to := range map[string]*float64{"subsidy_cny": &f.Subsidy, "off_farm_cny": &f.OffFarm,
			"debt_due_cny": &f.DebtDue, "existing_balance_cny": &f.Balance} {
			i, ok := at[column]
			if !ok || row[i] == "" {
				continue
			}
			if *to, err = strconv.ParseFloat(row[i], 64); err != nil || !(*to >= 0 && *to <= mostHouseholdYuan) {
				return nil, fmt.Errorf("row %d, %s %q: want an amount in yuan, from 0 to %.0f", n+2, column, row[i], mostHouseholdYuan)
			}
		}
		out[row[id]] = f
	}
	return out, nil
}
