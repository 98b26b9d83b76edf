/* What the parts of the audit page share. The page of an audit takes decisions; that of a fitted bank shows those which
 * the bank obeyed. */
#ifndef PB_PAGES_AUDIT_PAGE_H
#define PB_PAGES_AUDIT_PAGE_H

#include <purebank/report.h>

#include "pages/audit_evidence.h"
#include "pages/svg_charts.h"

typedef struct pb_audit_page {
    pb_page page;
    const pb_audit_report *content;
    const pb_audit *audit;
    const pb_bank *bank; /* NULL on the page of an audit */
    const pb_audit_views *views;
    const int64_t *order; /* images, most suspicious first */
    int decimals;
    size_t folder; /* bytes of the paths that all share */
    int64_t n_flagged, n_leaving;
    const char *decisions; /* JSON; NULL with a bank */
    pb_axis strip_axis;
} pb_audit_page;

/* The top of the page: what was found, in words (audit_verdict.c). */
void pb_audit_page_verdict(pb_audit_page *self);
/* "How to read this page". */
void pb_audit_page_explanation(pb_audit_page *self);

/* Every reference with its pictures, its score and its decision (audit_cards.c). Needs strip_axis. */
void pb_audit_page_cards(pb_audit_page *self);

#endif
