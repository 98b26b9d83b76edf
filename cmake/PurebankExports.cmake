# The shared library exports what the public headers declare with PB_API, by a linker script made from them: GCC gives
# functions with target_clones default visibility whatever the flags and attributes say.
set(exports "")
foreach(header ${PB_HEADERS})
    file(STRINGS ${header} declarations REGEX "^PB_API ")
    foreach(declaration ${declarations})
        string(REGEX MATCH "(pb_[a-z0-9_]+)\\(" name "${declaration}")
        string(APPEND exports "    ${CMAKE_MATCH_1};\n")
    endforeach()
endforeach()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PB_HEADERS})
file(CONFIGURE OUTPUT purebank.map CONTENT "{\n  global:\n@exports@  local:\n    *;\n};\n" @ONLY)
target_link_options(purebank_shared PRIVATE -Wl,--version-script=${CMAKE_CURRENT_BINARY_DIR}/purebank.map)
set_target_properties(purebank_shared PROPERTIES LINK_DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/purebank.map)
