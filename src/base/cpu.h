/* Which instructions our own kernels may use. One switch serves them and oneDNN: its environment variable
 * ONEDNN_MAX_CPU_ISA (SSE41, AVX2, AVX512_CORE, ...; read once), so that a CPU can be measured as if it were an older one. */
#ifndef PB_BASE_CPU_H
#define PB_BASE_CPU_H

#if defined(__x86_64__) && defined(__GNUC__)
#define PB_HAVE_KERNELS /* functions for more than the baseline may be compiled (base/clones.h) */
#endif

/* The levels of the x86-64 psABI that kernels are compiled for. */
typedef enum pb_cpu_level { PB_CPU_BASELINE, PB_CPU_V3, PB_CPU_V4 } pb_cpu_level;

/* What this CPU has and the environment allows. */
pb_cpu_level pb_cpu_get_level(void);

/* "AVX-512", "AVX2" or "baseline". */
const char *pb_cpu_level_name(pb_cpu_level level);

/* For tests: a lower level than that from now on, or the same again. Returns the one that holds. */
pb_cpu_level pb_cpu_limit_level(pb_cpu_level level);

#endif
