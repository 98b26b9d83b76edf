/* CSV by RFC 4180: fields with separator, quote or line break are quoted. */
#ifndef PB_IO_CSV_H
#define PB_IO_CSV_H

#include "io/file.h"

/* One field; `separator` before it unless `first`. */
pb_status pb_csv_text(pb_writer *writer, bool first, char separator, const char *text);
pb_status pb_csv_number(pb_writer *writer, bool first, char separator,
                        double value);       /* shortest round-trip form */
pb_status pb_csv_end_row(pb_writer *writer); /* "\r\n" per RFC 4180 */

#endif
