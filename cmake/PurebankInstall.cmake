# What `cmake --install` puts into a prefix: libraries, headers, pkg-config file, CMake package, program, its man
# page and bash completion (both written by the program itself from its option table), and the documents.
include(CMakePackageConfigHelpers)

install(TARGETS purebank_static purebank_shared
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${PB_HEADERS} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/purebank)

# Both files find the prefix from where they lie, so that an installed tree may be moved.
file(RELATIVE_PATH PB_PREFIX_FROM_PKGCONFIG /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
list(TRANSFORM OpenMP_C_LIB_NAMES PREPEND -l OUTPUT_VARIABLE PB_OPENMP_LIBS)
list(JOIN PB_OPENMP_LIBS " " PB_OPENMP_LIBS)
configure_file(${CMAKE_CURRENT_LIST_DIR}/purebank.pc.in purebank.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/purebank.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

set(PB_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/purebank)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/purebankConfig.cmake.in purebankConfig.cmake
    INSTALL_DESTINATION ${PB_CMAKE_DIR} PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(purebankConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/purebankConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/purebankConfigVersion.cmake
        DESTINATION ${PB_CMAKE_DIR})

foreach(document LICENSE README.md CHANGELOG.md)
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${document})
        install(FILES ${document} DESTINATION ${CMAKE_INSTALL_DOCDIR})
    endif()
endforeach()

if(TARGET purebank)
    add_custom_command(OUTPUT purebank.1 COMMAND purebank --print-man > purebank.1 DEPENDS purebank VERBATIM)
    add_custom_command(OUTPUT purebank.bash COMMAND purebank --print-completion > purebank.bash DEPENDS purebank VERBATIM)
    add_custom_target(purebank_generated ALL DEPENDS purebank.1 purebank.bash)
    install(TARGETS purebank RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/purebank.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/purebank.bash RENAME purebank
            DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
endif()
if(TARGET purebank_station)
    install(FILES packaging/purebank-station@.service DESTINATION lib/systemd/system)
    install(FILES packaging/nginx-station.conf DESTINATION ${CMAKE_INSTALL_DOCDIR})
endif()
if(TARGET purebank-mpi)
    install(TARGETS purebank-mpi RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

# All that is installed, and no tests: what `make demo` builds, so that `make install` may follow it.
add_custom_target(installed DEPENDS purebank_static purebank_shared)
foreach(target purebank_generated purebank-mpi)
    if(TARGET ${target})
        add_dependencies(installed ${target})
    endif()
endforeach()
