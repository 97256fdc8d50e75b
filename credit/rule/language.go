package rule

import (
	"fmt"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/ext"
)

// mostCost bounds a rule's work in CEL's own units, about one operator each;
// what could cost more for any household is refused before it runs.
const mostCost = 10_000

// mostCrops bounds the map of crops, far above any catalogue.
const mostCrops = 200

// language is CEL with the facts and nothing else that varies.
type language struct {
	env   *cel.Env
	facts []Fact
	index map[string]int
}

// spoken builds the language once: it is the same for everybody.
func spoken() (*language, error) { return theLanguage() }

var theLanguage = sync.OnceValues(newLanguage)

func newLanguage() (*language, error) {
	l := &language{facts: Environment(), index: map[string]int{}}
	shares := cel.MapType(cel.StringType, cel.DoubleType)
	kinds := map[Kind]*cel.Type{Number: cel.DoubleType, Integer: cel.IntType, Boolean: cel.BoolType, Text: cel.StringType, Shares: shares}
	options := []cel.EnvOption{
		cel.CrossTypeNumericComparisons(true),
		cel.ParserExpressionSizeLimit(MostExpression), cel.ParserRecursionLimit(60), cel.ParserErrorRecoveryLimit(5), cel.ExpressionNodeLimit(600),
		ext.Math(),
		cel.Function("share", cel.MemberOverload("crops_share_string", []*cel.Type{shares, cel.StringType}, cel.DoubleType, cel.BinaryBinding(share))),
	}
	for i, f := range l.facts {
		l.index[f.Name] = i
		options = append(options, cel.Variable(f.Name, kinds[f.Kind]))
	}
	var err error
	if l.env, err = cel.NewEnv(options...); err != nil {
		return nil, fmt.Errorf("language of rules: %w", err)
	}
	return l, nil
}

// share is a crop's part of the area, 0 for a crop that is not there.
func share(crops, code ref.Val) ref.Val {
	m, ok := crops.(traits.Mapper)
	if !ok {
		return types.MaybeNoSuchOverloadErr(crops)
	}
	if v, found := m.Find(code); found {
		return v
	}
	return types.Double(0)
}

// sizes tells the cost estimate how large facts can be.
type sizes struct{}

func (sizes) EstimateCallCost(function, _ string, _ *cost.AstNode, _ []cost.AstNode) *cost.CallEstimate {
	if function == "share" {
		return cost.NewCallEstimate(cost.FixedCostEstimate(2), nil)
	}
	return nil
}

func (sizes) EstimateSize(n cost.AstNode) *cost.SizeEstimate {
	path := n.Path()
	switch {
	case len(path) == 1 && path[0] == "crops":
		return &cost.SizeEstimate{Max: mostCrops}
	case len(path) > 0:
		return &cost.SizeEstimate{Max: 64} // codes and names
	}
	return nil
}

// hint says in plain words what CEL says of types and names.
func (l *language) hint(message string) string {
	if rest, ok := strings.CutPrefix(message, "undeclared reference to '"); ok {
		if name, _, ok := strings.Cut(rest, "'"); ok {
			return l.unknown(name)
		}
	}
	if strings.HasPrefix(message, "found no matching overload for '_") && strings.Contains(message, "int") && strings.Contains(message, "double") {
		return message + ": whole numbers and decimals do not mix in arithmetic and ==; write 2.0 for 2, or double(parcels)"
	}
	if strings.HasPrefix(message, "undefined field") {
		return message + ": facts have no fields; join the words by _"
	}
	return message
}
