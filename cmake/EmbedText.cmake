# pb_embed_text(TARGET HEADER FILE...): compiles text files into TARGET as the byte arrays that HEADER declares.
# "src/pages/page.css" becomes `const unsigned char pb_page_css[]` and `const size_t pb_page_css_size`.
if(CMAKE_SCRIPT_MODE_FILE)
    file(READ ${INPUT} bytes HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes
           "${bytes}")
    file(WRITE ${OUTPUT} "#include \"${HEADER}\"\n\nconst unsigned char pb_${NAME}[] = {\n${bytes}};\n"
                         "const size_t pb_${NAME}_size = sizeof pb_${NAME};\n")
    return()
endif()

set(PB_EMBED_TEXT_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(pb_embed_text target header)
    foreach(input ${ARGN})
        get_filename_component(name ${input} NAME)
        string(MAKE_C_IDENTIFIER ${name} name)
        set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded/${name}.c)
        add_custom_command(
            OUTPUT ${output}
            COMMAND ${CMAKE_COMMAND} -DINPUT=${CMAKE_CURRENT_SOURCE_DIR}/${input} -DOUTPUT=${output} -DHEADER=${header}
                    -DNAME=${name} -P ${PB_EMBED_TEXT_SCRIPT}
            DEPENDS ${input} ${PB_EMBED_TEXT_SCRIPT}
            COMMENT "Embedding ${input}")
        target_sources(${target} PRIVATE ${output})
    endforeach()
endfunction()
