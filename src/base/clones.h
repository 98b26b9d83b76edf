/* Functions compiled once per instruction set. Results stay the same bits: loops that sum must fix their own lanes (see
 * search/distance.c), and contraction is off for the whole build.
 *
 * PB_CLONES before a function: the best for this CPU is picked at load time. PB_HAVE_CLONES: where functions for more than
 * the baseline may be compiled at all.
 *
 * PB_KERNEL(type, name, (parameters), (arguments)) { body }: the same, picked at each call by pb_cpu_get_level(), which the
 * environment can lower: for what is measured on more than one instruction set. */
#ifndef PB_BASE_CLONES_H
#define PB_BASE_CLONES_H

#include "base/cpu.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(PB_NO_FUNCTION_CLONES)
#define PB_HAVE_CLONES
#define PB_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define PB_CLONES
#endif

#ifdef PB_HAVE_KERNELS
#define PB_KERNEL(type, name, parameters, arguments)                                                                   \
    static inline __attribute__((always_inline)) type name##_body parameters;                                          \
    __attribute__((target("arch=x86-64-v4"))) static type name##_v4 parameters                                         \
    {                                                                                                                  \
        return name##_body arguments;                                                                                  \
    }                                                                                                                  \
    __attribute__((target("arch=x86-64-v3"))) static type name##_v3 parameters                                         \
    {                                                                                                                  \
        return name##_body arguments;                                                                                  \
    }                                                                                                                  \
    static type name##_baseline parameters                                                                             \
    {                                                                                                                  \
        return name##_body arguments;                                                                                  \
    }                                                                                                                  \
    type name parameters                                                                                               \
    {                                                                                                                  \
        const pb_cpu_level level = pb_cpu_get_level();                                                                 \
        return level == PB_CPU_V4   ? name##_v4 arguments                                                              \
               : level == PB_CPU_V3 ? name##_v3 arguments                                                              \
                                    : name##_baseline arguments;                                                       \
    }                                                                                                                  \
    static inline __attribute__((always_inline)) type name##_body parameters
#else
#define PB_KERNEL(type, name, parameters, arguments) type name parameters
#endif

#endif
