# pb_embed_files(TARGET FILE...): compiles files into TARGET as the table that station/page/page_files.h declares, under their names
# without a folder, with the Content-Type that follows from the ending.
if(CMAKE_SCRIPT_MODE_FILE)
    set(types_html "text/html; charset=utf-8")
    set(types_css "text/css; charset=utf-8")
    set(types_js "text/javascript; charset=utf-8")
    set(types_svg "image/svg+xml")
    set(types_json "application/json")
    file(READ ${LIST} inputs)
    string(REPLACE "\n" ";" inputs "${inputs}")
    set(arrays "")
    set(rows "")
    set(n 0)
    foreach(input ${inputs})
        get_filename_component(name ${input} NAME)
        string(REGEX REPLACE ".*[.]" "" ending ${name})
        if(NOT types_${ending})
            message(FATAL_ERROR "${input}: no Content-Type is known for .${ending} (cmake/EmbedFiles.cmake)")
        endif()
        file(READ ${input} bytes HEX)
        string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
        string(REGEX REPLACE "(................................................................................)" "\\1\n"
               bytes "${bytes}")
        string(APPEND arrays "static const unsigned char bytes_${n}[] = {\n${bytes}};\n")
        string(APPEND rows "    {\"${name}\", \"${types_${ending}}\", bytes_${n}, sizeof bytes_${n}},\n")
        math(EXPR n "${n} + 1")
    endforeach()
    file(WRITE ${OUTPUT} "#include \"station/page/page_files.h\"\n\n${arrays}\nconst pb_page_file pb_page_files[] = {\n${rows}};\n"
                         "const size_t pb_n_page_files = ${n};\n")
    return()
endif()

set(PB_EMBED_FILES_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(pb_embed_files target)
    set(inputs "")
    foreach(input ${ARGN})
        get_filename_component(input ${input} ABSOLUTE)
        list(APPEND inputs ${input})
    endforeach()
    set(list ${CMAKE_CURRENT_BINARY_DIR}/embedded/${target}_page_files.txt)
    set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded/${target}_page_files.c)
    string(REPLACE ";" "\n" lines "${inputs}")
    file(GENERATE OUTPUT ${list} CONTENT "${lines}")
    add_custom_command(
        OUTPUT ${output}
        COMMAND ${CMAKE_COMMAND} -DLIST=${list} -DOUTPUT=${output} -P ${PB_EMBED_FILES_SCRIPT}
        DEPENDS ${inputs} ${list} ${PB_EMBED_FILES_SCRIPT}
        COMMENT "Embedding the station's page")
    target_sources(${target} PRIVATE ${output})
endfunction()
