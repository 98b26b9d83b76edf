# Debian's libraries; the list of packages is in packages.txt.
find_package(PkgConfig REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS C)
# Not by its CMake package: Debian's asks for OpenCL headers that nothing here uses.
find_library(PB_DNNL_LIBRARY NAMES dnnl REQUIRED)
find_path(PB_DNNL_INCLUDE_DIR dnnl.h REQUIRED)
pkg_check_modules(PB_CODECS REQUIRED IMPORTED_TARGET libjpeg spng zlib libtiff-4 libwebp)
pkg_check_modules(PB_FORMATS REQUIRED IMPORTED_TARGET jansson libcrypto)

set(PB_DEPENDENCIES OpenMP::OpenMP_C ${PB_DNNL_LIBRARY} PkgConfig::PB_CODECS PkgConfig::PB_FORMATS m)

# What draws (figures/) needs Cairo to be built and gnuplot to run; libpurebank needs neither.
if(PB_FIGURES)
    pkg_check_modules(PB_CAIRO IMPORTED_TARGET cairo cairo-pdf cairo-svg fontconfig)
    find_program(PB_GNUPLOT gnuplot)
    if(NOT PB_CAIRO_FOUND)
        message(STATUS "purebank is built without figures and heatmaps: Cairo was not found (Debian: libcairo2-dev)")
    elseif(NOT PB_GNUPLOT)
        message(STATUS "gnuplot was not found: the command figures will need it (Debian: gnuplot-nox)")
    endif()
endif()

# Only purebank-mpi links it. By pkg-config, as CMake's own search takes whatever MPI it finds.
if(PB_MPI)
    pkg_check_modules(PB_MPI IMPORTED_TARGET ompi-c)
    find_package(Threads)
    if(NOT PB_MPI_FOUND OR NOT Threads_FOUND)
        message(STATUS "purebank-mpi is not built: Open MPI was not found (Debian: libopenmpi-dev, openmpi-bin)")
        set(PB_MPI_FOUND FALSE)
    endif()
endif()

# The station (station/): serves photos as they come. libpurebank needs none of it.
if(PB_STATION)
    pkg_check_modules(PB_HTTPD IMPORTED_TARGET libmicrohttpd)
    pkg_check_modules(PB_SQLITE IMPORTED_TARGET sqlite3)
    pkg_check_modules(PB_MOSQUITTO IMPORTED_TARGET libmosquitto)
    find_package(Threads)
    if(NOT PB_HTTPD_FOUND OR NOT PB_SQLITE_FOUND OR NOT Threads_FOUND)
        message(STATUS "purebank is built without the station (serve): libmicrohttpd or SQLite was not found "
                       "(Debian: libmicrohttpd-dev, libsqlite3-dev)")
    elseif(NOT PB_MOSQUITTO_FOUND)
        message(STATUS "the station is built without MQTT: libmosquitto was not found (Debian: libmosquitto-dev)")
    endif()
endif()
