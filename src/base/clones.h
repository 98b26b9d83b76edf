/* PB_CLONES before a function compiles it once per instruction set and picks at load time. Results stay the
 * same bits: loops that sum must fix their own lanes (see search/distance.c), and contraction is off for the
 * whole build. PB_HAVE_CLONES: where functions for more than the baseline may be compiled at all. */
#ifndef PB_BASE_CLONES_H
#define PB_BASE_CLONES_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(PB_NO_FUNCTION_CLONES)
#define PB_HAVE_CLONES
#define PB_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define PB_CLONES
#endif

#endif
