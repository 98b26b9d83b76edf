/** @file page_files.h
 *  @brief The files of the station's page, compiled into the program (cmake/EmbedFiles.cmake). */
#ifndef PUREBANK_STATION_PAGE_FILES_H
#define PUREBANK_STATION_PAGE_FILES_H

#include <stddef.h>

typedef struct pb_page_file {
    const char *name; /**< "index.html", without a folder */
    const char *type; /**< its Content-Type */
    const unsigned char *bytes;
    size_t size;
} pb_page_file;

extern const pb_page_file pb_page_files[];
extern const size_t pb_n_page_files;

#endif
