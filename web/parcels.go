package web

import (
	"context"
	"net/http"
	"sync"

	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
)

type parcelInput struct {
	PublicationPath
	ID string `path:"id" maxLength:"64"`
}

type parcelOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         publication.ParcelCard
}

type bandInput struct {
	PublicationPath
	Crop string `query:"crop" maxLength:"40" doc:"Catalogue code; without one, or where too few parcels grow it, the band is over all parcels."`
}

type bandOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Band *publication.CountyBand `json:"band" doc:"Null where nothing was seen clearly."`
	}
}

func (s *server) addParcels(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "parcel", Method: http.MethodGet, Path: "/v1/publications/{publication}/parcels/{id}",
		Tags: []string{"parcels"}, Summary: "A parcel, its curve, crop, yield and its household's decision", Errors: []int{404},
	}), s.parcel)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "countyBand", Method: http.MethodGet, Path: "/v1/publications/{publication}/band",
		Tags: []string{"parcels"}, Summary: "Spread of NDVI over the county's parcels (10th, 50th, 90th percentile per date)", Errors: []int{404},
	}), s.countyBand)
}

func (s *server) parcel(ctx context.Context, in *parcelInput) (*parcelOutput, error) {
	if err := s.visible(ctx, in.Publication); err != nil {
		return nil, s.answer("parcel", err)
	}
	card, err := s.store.ParcelCard(ctx, scopeOf(ctx), in.Publication, in.ID)
	if err != nil {
		return nil, s.answer("parcel", err)
	}
	return &parcelOutput{CacheControl: noStore, Body: card}, nil
}

func (s *server) countyBand(ctx context.Context, in *bandInput) (*bandOutput, error) {
	if err := s.visible(ctx, in.Publication); err != nil {
		return nil, s.answer("countyBand", err)
	}
	band, err := s.bands.get(ctx, s.store, bandKey{in.Publication, in.Crop}, scopeOf(ctx))
	if err != nil {
		return nil, s.answer("countyBand", err)
	}
	out := &bandOutput{CacheControl: noStore}
	out.Body.Band = band
	return out, nil
}

type bandKey struct {
	publication int64
	crop        string
}

// bandsKept bounds the memory that invented crop names can take.
const bandsKept = 2000

// knownBands remembers bands: a publication never changes, and a band is the
// dearest read of the page. It is asked only for publications that the account
// may see.
type knownBands struct {
	mu    sync.Mutex
	byKey map[bandKey]*publication.CountyBand
}

func newKnownBands() *knownBands {
	return &knownBands{byKey: map[bandKey]*publication.CountyBand{}}
}

func (k *knownBands) get(ctx context.Context, store Publications, key bandKey, scope publication.Scope) (*publication.CountyBand, error) {
	k.mu.Lock()
	b, ok := k.byKey[key]
	k.mu.Unlock()
	if ok {
		return b, nil
	}
	b, err := store.CountyBand(ctx, scope, key.publication, key.crop)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.byKey) >= bandsKept {
		clear(k.byKey)
	}
	k.byKey[key] = b
	return b, nil
}
