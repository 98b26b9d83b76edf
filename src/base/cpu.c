#include "base/cpu.h"

#include <dnnl.h>
#include <stdatomic.h>
#include <stdbool.h>

static pb_cpu_level detect(void)
{
#ifdef PB_HAVE_KERNELS
    const unsigned isa = (unsigned)dnnl_get_effective_cpu_isa();
    const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
    const bool v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512vl");
    if (v3 && v4 && (isa & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core)
        return PB_CPU_V4;
    if (v3 && (isa & dnnl_cpu_isa_avx2) == dnnl_cpu_isa_avx2)
        return PB_CPU_V3;
#endif
    return PB_CPU_BASELINE;
}

enum { UNKNOWN = -1 };
static atomic_int current = UNKNOWN;

pb_cpu_level pb_cpu_get_level(void)
{
    int level = atomic_load_explicit(&current, memory_order_relaxed);
    if (level == UNKNOWN) {
        level = (int)detect();
        atomic_store_explicit(&current, level, memory_order_relaxed);
    }
    return (pb_cpu_level)level;
}

const char *pb_cpu_level_name(pb_cpu_level level)
{
    return level == PB_CPU_V4 ? "AVX-512" : level == PB_CPU_V3 ? "AVX2" : "baseline";
}

pb_cpu_level pb_cpu_limit_level(pb_cpu_level level)
{
    const pb_cpu_level best = detect();
    atomic_store_explicit(&current, (int)(level < best ? level : best), memory_order_relaxed);
    return pb_cpu_get_level();
}
