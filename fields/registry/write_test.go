package registry_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// parcel is a row of layer DK as the tests plant it; rings in file
// coordinates.
type parcel struct {
	code, name, kind, scmj string
	rings                  []orb.Ring
}

const county = "370199"

// dkbm gives parcel codes of one group; cbfbm those of households.
func dkbm(n int) string  { return fmt.Sprintf("37019910100101%05d", n) }
func cbfbm(n int) string { return fmt.Sprintf("37019910100101%04d", n) }

// rect is a closed clockwise ring, as shapefiles hold outer rings.
func rect(x, y, w, h float64) orb.Ring {
	return orb.Ring{{x, y}, {x, y + h}, {x + w, y + h}, {x + w, y}, {x, y}}
}

// shpBytes writes polygons as a shapefile; nil rings are null shapes.
func shpBytes(ps []parcel) []byte {
	var body bytes.Buffer
	for i, p := range ps {
		var c bytes.Buffer
		if p.rings == nil {
			binary.Write(&c, binary.LittleEndian, uint32(0))
		} else {
			n := 0
			for _, r := range p.rings {
				n += len(r)
			}
			binary.Write(&c, binary.LittleEndian, uint32(5))
			binary.Write(&c, binary.LittleEndian, [4]float64{})
			binary.Write(&c, binary.LittleEndian, [2]uint32{uint32(len(p.rings)), uint32(n)})
			at := 0
			for _, r := range p.rings {
				binary.Write(&c, binary.LittleEndian, uint32(at))
				at += len(r)
			}
			for _, r := range p.rings {
				for _, q := range r {
					binary.Write(&c, binary.LittleEndian, [2]float64{q[0], q[1]})
				}
			}
		}
		binary.Write(&body, binary.BigEndian, [2]uint32{uint32(i + 1), uint32(c.Len() / 2)})
		body.Write(c.Bytes())
	}
	h := make([]byte, 100)
	binary.BigEndian.PutUint32(h, 9994)
	binary.BigEndian.PutUint32(h[24:], uint32((100+body.Len())/2))
	binary.LittleEndian.PutUint32(h[28:], 1000)
	binary.LittleEndian.PutUint32(h[32:], 5)
	return append(h, body.Bytes()...)
}

// column is a DBF field for dbfBytes.
type column struct {
	name  string
	kind  byte
	width int
	dec   int
}

func dbfBytes(cols []column, rows [][]string) []byte {
	length := 1
	for _, c := range cols {
		length += c.width
	}
	h := make([]byte, 32)
	h[0] = 3
	binary.LittleEndian.PutUint32(h[4:], uint32(len(rows)))
	binary.LittleEndian.PutUint16(h[8:], uint16(33+32*len(cols)))
	binary.LittleEndian.PutUint16(h[10:], uint16(length))
	for _, c := range cols {
		d := make([]byte, 32)
		copy(d[:10], c.name)
		d[11], d[16], d[17] = c.kind, byte(c.width), byte(c.dec)
		h = append(h, d...)
	}
	h = append(h, 0x0d)
	for _, r := range rows {
		h = append(h, ' ')
		for i, c := range cols {
			cell := bytes.Repeat([]byte{' '}, c.width)
			if c.kind == 'N' {
				copy(cell[max(0, c.width-len(r[i])):], r[i])
			} else {
				copy(cell, r[i])
			}
			h = append(h, cell...)
		}
	}
	return append(h, 0x1a)
}

func gbk(t testing.TB, s string) string {
	t.Helper()
	out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// dkTable writes the attributes of layer DK in GBK.
func dkTable(t testing.TB, ps []parcel) []byte {
	t.Helper()
	cols := []column{{"DKBM", 'C', 21, 0}, {"DKMC", 'C', 20, 0}, {"DKLB", 'C', 2, 0}, {"SCMJ", 'N', 16, 2}}
	var rows [][]string
	for _, p := range ps {
		scmj := p.scmj
		if scmj == "" {
			scmj = fmt.Sprintf("%.2f", areaOf(p.rings))
		}
		kind := p.kind
		if kind == "" {
			kind = "10"
		}
		rows = append(rows, []string{gbk(t, p.code), gbk(t, p.name), kind, scmj})
	}
	return dbfBytes(cols, rows)
}

func areaOf(rings []orb.Ring) float64 {
	var a float64
	for _, r := range rings {
		var s float64
		for i := 1; i < len(r); i++ {
			s += (r[i-1][0]-r[0][0])*(r[i][1]-r[0][1]) - (r[i][0]-r[0][0])*(r[i-1][1]-r[0][1])
		}
		a -= s / 2 // clockwise rings count
	}
	return math.Abs(a)
}

const prj4527 = `PROJCS["CGCS2000_3_Degree_GK_Zone_39",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",39500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",117.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]`

// origin is a place in the generated county: 36°40' N, just east of 117°,
// in EPSG:4527.
var origin = orb.Point{39520000, 4060000}

// at is a clean parcel number n in a row of squares of 20 by 30 m, 5 m apart.
func at(n int) parcel {
	return parcel{code: dkbm(n), name: "村东地块", rings: []orb.Ring{rect(origin[0]+float64(n)*25, origin[1], 20, 30)}}
}

// pkg builds an NY/T 2539 folder: its files can be changed before write.
type pkg struct {
	files map[string][]byte
}

// heads are the tables of the standard with their columns.
var heads = map[string]string{
	"CBDKXX":      "DKBM,FBFBM,CBFBM,CBJYQQDFS,HTMJ,CBHTBM,LZHTBM,CBJYQZBM,YHTMJ,HTMJM,YHTMJM,SFQQQG\n",
	"CBF":         "CBFBM,CBFLX,CBFMC,CBFZJLX,CBFZJHM,LXDH,CBFCYSL,CBFDZ,YZBM,CBFDCRQ,CBFDCY,CBFDCJS,GSJS,GSJSR,GSSHRQ,GSSHR\n",
	"CBF_JTCY":    "CBFBM,CYXM,CYXB,CYZJLX,CYZJHM,YHZGX,CYBZ,SFGYR,CYBZSM\n",
	"CBHT":        "CBHTBM,FBFBM,CBFBM,CBFS,CBQXQ,CBQXZ,HTZMJ,YCBHTBM,CBDKZS,QDSJ,HTZMJM,YHTZMJ,YHTZMJM\n",
	"FBF":         "FBFBM,FBFMC,FBFFZRXM,FZRZJLX,FZRZJHM,LXDH,FBFDZ,YZBM,FBFDCY,FBFDCRQ,FBFDCJS\n",
	"LZHT":        "CBHTBM,LZHTBM,CBFBM,SRFBM,LZFS,LZQX,LZQXKSRQ,LZQXJSRQ,LZMJ,LZDKS,LZQTDYT,LZHTDYT,LZJGSM,HTQDRQ,LZMJM\n",
	"CBJYQZDJB":   "CBJYQZBM\n",
	"CBJYQZ":      "CBJYQZBM\n",
	"CBJYQZ_QZZX": "CBJYQZBM,ZXYY,ZXRQ\n",
}

// newPackage writes the parcels with a matching holding, household, member and
// contract each.
func newPackage(t testing.TB, ps []parcel) *pkg {
	t.Helper()
	p := &pkg{files: map[string][]byte{}}
	p.layer(t, "DK3701992016", ps)
	hold, house, members, contracts := heads["CBDKXX"], heads["CBF"], heads["CBF_JTCY"], heads["CBHT"]
	for i, q := range ps {
		m := fmt.Sprintf("%.2f", areaOf(q.rings))
		h := cbfbm(i + 1)
		hold += strings.Join([]string{dkbm(i + 1), h[:14], h, "110", m, h + "J", "", h + "J", "", "", "", ""}, ",") + "\n"
		house += strings.Join([]string{h, "1", "王测试", "1", id(i), "13800000000", "1", "", "", "", "", "", "", "", "", ""}, ",") + "\n"
		members += strings.Join([]string{h, "王测试", "1", "1", id(i), "02", "", "", ""}, ",") + "\n"
		contracts += strings.Join([]string{h + "J", h[:14], h, "110", "1998-10-01", "2028-09-30", m, "", "", "", "", "", ""}, ",") + "\n"
	}
	for n, s := range heads {
		p.files["权属数据/"+n+".csv"] = []byte(gbk(t, s))
	}
	for n, s := range map[string]string{"CBDKXX": hold, "CBF": house, "CBF_JTCY": members, "CBHT": contracts} {
		p.files["权属数据/"+n+".csv"] = []byte(gbk(t, s))
	}
	return p
}

func (p *pkg) layer(t testing.TB, name string, ps []parcel) {
	t.Helper()
	base := "矢量数据/" + name
	p.files[base+".shp"], p.files[base+".dbf"] = shpBytes(ps), dkTable(t, ps)
	p.files[base+".prj"], p.files[base+".cpg"] = []byte(prj4527), []byte("GBK")
}

// edit replaces text in a GBK table.
func (p *pkg) edit(t testing.TB, table, old, new string) {
	t.Helper()
	n := "权属数据/" + table + ".csv"
	was := string(p.files[n])
	now := strings.Replace(was, gbk(t, old), gbk(t, new), 1)
	if was == now {
		t.Fatalf("%s does not hold %q", table, old)
	}
	p.files[n] = []byte(now)
}

func (p *pkg) write(t testing.TB) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "370199测试县")
	for n, b := range p.files {
		f := filepath.Join(root, filepath.FromSlash(n))
		if err := os.MkdirAll(filepath.Dir(f), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// id is the n-th valid resident ID of the unassigned county 370199.
func id(n int) string {
	s := fmt.Sprintf("37019919%02d0101%03d", 50+n%40, n%1000)
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(s[i]-'0') * w
	}
	return s + string("10X98765432"[sum%11])
}
