/* SPDX-License-Identifier: MIT
 * Elementary functions whose bits do not depend on the machine: glibc's log, exp and pow choose FMA variants
 * at run time and change their last bits with the CPU (docs/decisions/0003). Only + - * / and IEEE bit
 * patterns here. */
#ifndef COHERENCE_BASE_FMATH_H
#define COHERENCE_BASE_FMATH_H

/* Natural logarithm. x > 0: error below 2 ulp. x == 0: -inf; x < 0 or NaN: NaN; +inf: +inf. Denormals
 * handled. */
double fmath_log(double x);
/* e^x. Error below 2 ulp; overflow: +inf; underflow: denormals, then 0; NaN: NaN. */
double fmath_exp(double x);
/* x^y for x >= 0, as exp(y log x) carried in double-double where it matters; relative error below 1e-14 for
 * |y log x| < 700. x < 0: NaN. */
double fmath_pow(double x, double y);
/* sin(2 pi x): x in turns, |x| < 2^40. Absolute error below 1e-15. */
double fmath_sin_turns(double x);

#endif
