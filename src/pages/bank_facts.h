/* What a page says about a bank: its threshold, and what can honestly be promised of it. */
#ifndef PB_PAGES_BANK_FACTS_H
#define PB_PAGES_BANK_FACTS_H

#include <purebank/bank.h>

#include "pages/html.h"

/* A panel: the heading, which is HTML, the facts, what the false-alarm rate rests on, and how the bank was made. */
void pb_page_bank(pb_page *page, const char *heading, const pb_bank *bank);
/* The same in two parts, between which the caller may add facts: <div><dt>..</dt><dd>..</dd></div>. */
void pb_page_bank_begin(pb_page *page, const char *heading, const pb_bank *bank);
void pb_page_bank_end(pb_page *page, const pb_bank *bank);

/* A paragraph about the region of interest; nothing for NULL. */
void pb_page_region(pb_page *page, const pb_roi *roi);

/* A paragraph about the copies that references have; nothing for none. */
void pb_page_augment(pb_page *page, const pb_augment *augment);

#endif
