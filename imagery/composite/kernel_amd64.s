#include "textflag.h"

DATA half<>+0(SB)/4, $0x3f000000 // 0.5
GLOBL half<>(SB), RODATA|NOPTR, $4
DATA sign<>+0(SB)/4, $0x80000000
GLOBL sign<>(SB), RODATA|NOPTR, $4
DATA steps<>+0(SB)/4, $0x461c4000 // 10000, 1/Scale
GLOBL steps<>(SB), RODATA|NOPTR, $4
DATA most<>+0(SB)/4, $0x46fa0000 // 32000, limit
GLOBL most<>(SB), RODATA|NOPTR, $4
DATA least<>+0(SB)/4, $0xc6fa0000 // −limit
GLOBL least<>(SB), RODATA|NOPTR, $4
DATA nodata<>+0(SB)/4, $0xffff8000 // NoData
GLOBL nodata<>(SB), RODATA|NOPTR, $4

// func normaliseWide(dst *float32, masks *uint64, a, b *uint16, clear *bool, n int, p *pair)
TEXT ·normaliseWide(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ masks+8(FP), SI
	MOVQ a+16(FP), R8
	MOVQ b+24(FP), R9
	MOVQ clear+32(FP), R10
	MOVQ n+40(FP), CX
	MOVQ p+48(FP), AX
	VPBROADCASTD 0(AX), Y15  // offset
	VPBROADCASTD 4(AX), Y14  // noA
	VPBROADCASTD 8(AX), Y13  // noB
	VPBROADCASTQ 16(AX), Y12 // bit
	VPXOR        Y11, Y11, Y11

eight:
	VPMOVZXWD (R8), Y0
	VPMOVZXWD (R9), Y1
	VPCMPEQD  Y14, Y0, Y2
	VPCMPEQD  Y13, Y1, Y3
	VPOR      Y3, Y2, Y2   // no data
	VPADDD    Y15, Y0, Y0
	VPADDD    Y15, Y1, Y1
	VPMAXSD   Y11, Y0, Y0
	VPMAXSD   Y11, Y1, Y1
	VPADDD    Y1, Y0, Y4   // a + b
	VPSUBD    Y1, Y0, Y5   // a − b
	VPCMPEQD  Y11, Y4, Y3
	VPOR      Y3, Y2, Y2   // no value
	VCVTDQ2PS Y4, Y4
	VCVTDQ2PS Y5, Y5
	VDIVPS    Y4, Y5, Y5
	VPANDN    Y5, Y2, Y5   // 0 where there is none
	VMOVUPS   Y5, (DI)
	VPMOVZXBD (R10), Y6
	VPCMPEQD  Y11, Y6, Y6
	VPOR      Y6, Y2, Y2   // not to be used

	VPMOVSXDQ    X2, Y6
	VPANDN       Y12, Y6, Y6
	VPOR         (SI), Y6, Y6
	VMOVDQU      Y6, (SI)
	VEXTRACTI128 $1, Y2, X2
	VPMOVSXDQ    X2, Y6
	VPANDN       Y12, Y6, Y6
	VPOR         32(SI), Y6, Y6
	VMOVDQU      Y6, 32(SI)

	ADDQ $32, DI
	ADDQ $64, SI
	ADDQ $16, R8
	ADDQ $16, R9
	ADDQ $8, R10
	SUBQ $8, CX
	JNZ  eight
	VZEROUPPER
	RET

// ROUND turns the sums of one pixel into numbers of 32 bits; row is where the
// matrix says which layers have no value.
#define ROUND(v, row) \
	VMULPS     Y15, v, v   \
	VMINPS     Y14, v, v   \
	VMAXPS     Y13, v, v   \
	VANDPS     Y12, v, Y4  \
	VORPS      Y11, Y4, Y4 \
	VADDPS     Y4, v, v    \
	VCVTTPS2DQ v, v        \
	VMOVUPS    (row), Y4   \
	VBLENDVPS  Y4, Y10, v, v

// func multiplyWide(out *int16, values *float32, rows *[]float32, n, dates int)
TEXT ·multiplyWide(SB), NOSPLIT, $0-40
	MOVQ out+0(FP), DI
	MOVQ values+8(FP), SI
	MOVQ rows+16(FP), DX
	MOVQ n+24(FP), CX
	VBROADCASTSS steps<>(SB), Y15
	VBROADCASTSS most<>(SB), Y14
	VBROADCASTSS least<>(SB), Y13
	VBROADCASTSS sign<>(SB), Y12
	VBROADCASTSS half<>(SB), Y11
	VBROADCASTSS nodata<>(SB), Y10

four:
	MOVQ   0(DX), R8
	MOVQ   24(DX), R9
	MOVQ   48(DX), R10
	MOVQ   72(DX), R11
	MOVQ   SI, R12
	MOVQ   dates+32(FP), BX
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3

date:
	VBROADCASTSS 0(R12), Y4
	VBROADCASTSS 4(R12), Y5
	VBROADCASTSS 8(R12), Y6
	VBROADCASTSS 12(R12), Y7
	VMULPS       (R8), Y4, Y4
	VMULPS       (R9), Y5, Y5
	VMULPS       (R10), Y6, Y6
	VMULPS       (R11), Y7, Y7
	VADDPS       Y4, Y0, Y0
	VADDPS       Y5, Y1, Y1
	VADDPS       Y6, Y2, Y2
	VADDPS       Y7, Y3, Y3
	ADDQ         $2048, R12 // chunkPixels numbers
	ADDQ         $32, R8
	ADDQ         $32, R9
	ADDQ         $32, R10
	ADDQ         $32, R11
	DECQ         BX
	JNZ          date

	ROUND(Y0, R8)
	ROUND(Y1, R9)
	ROUND(Y2, R10)
	ROUND(Y3, R11)

	// Four pixels of eight layers become eight layers of four pixels.
	VPACKSSDW  Y1, Y0, Y0 // p0 of layers 0–3, p1 of 0–3 | 4–7
	VPACKSSDW  Y3, Y2, Y2 // p2, p3
	VPUNPCKLWD Y2, Y0, Y4 // p0 p2 of layer 0, of 1, 2, 3
	VPUNPCKHWD Y2, Y0, Y5 // p1 p3
	VPUNPCKLWD Y5, Y4, Y0 // layers 0, 1 | 4, 5
	VPUNPCKHWD Y5, Y4, Y1 // layers 2, 3 | 6, 7
	VEXTRACTI128 $1, Y0, X2
	VEXTRACTI128 $1, Y1, X3
	VMOVLPS X0, 0(DI)
	VMOVHPS X0, 1024(DI)
	VMOVLPS X1, 2048(DI)
	VMOVHPS X1, 3072(DI)
	VMOVLPS X2, 4096(DI)
	VMOVHPS X2, 5120(DI)
	VMOVLPS X3, 6144(DI)
	VMOVHPS X3, 7168(DI)

	ADDQ $8, DI
	ADDQ $16, SI
	ADDQ $96, DX // four slices
	SUBQ $4, CX
	JNZ  four
	VZEROUPPER
	RET
