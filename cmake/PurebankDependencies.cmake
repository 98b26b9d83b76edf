# Debian's libraries; the list of packages is in packages.txt.
find_package(PkgConfig REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS C)
# Not by its CMake package: Debian's asks for OpenCL headers that nothing here uses.
find_library(PB_DNNL_LIBRARY NAMES dnnl REQUIRED)
find_path(PB_DNNL_INCLUDE_DIR dnnl.h REQUIRED)
pkg_check_modules(PB_CODECS REQUIRED IMPORTED_TARGET libjpeg spng libtiff-4 libwebp)
pkg_check_modules(PB_FORMATS REQUIRED IMPORTED_TARGET jansson libcrypto)

set(PB_DEPENDENCIES OpenMP::OpenMP_C ${PB_DNNL_LIBRARY} PkgConfig::PB_CODECS PkgConfig::PB_FORMATS m)
# The program draws with it; the library does not need it.
pkg_check_modules(PB_CAIRO REQUIRED IMPORTED_TARGET cairo cairo-pdf cairo-svg)
