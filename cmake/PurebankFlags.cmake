# Compiler settings that every target shares, as an interface library.
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_library(purebank_flags INTERFACE)
target_compile_options(purebank_flags INTERFACE
    -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wconversion -Wcast-qual -Wdouble-promotion
    -Werror=implicit-function-declaration
    # The same bits from every compiler and CPU: no contraction into fused multiply-adds.
    -ffp-contract=off -fno-math-errno
    # Only functions cloned for AVX-512 see this; halves of registers would go unused otherwise.
    $<$<NOT:$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},aarch64>>:-mprefer-vector-width=512>)
if(PB_WERROR)
    target_compile_options(purebank_flags INTERFACE -Werror)
endif()
if(PB_SANITIZE)
    target_compile_options(purebank_flags INTERFACE -fsanitize=${PB_SANITIZE} -fno-omit-frame-pointer
                                                    -fno-sanitize-recover=all)
    target_link_options(purebank_flags INTERFACE -fsanitize=${PB_SANITIZE})
    # Function clones are chosen before a sanitizer's runtime is up.
    target_compile_definitions(purebank_flags INTERFACE PB_NO_FUNCTION_CLONES)
endif()
