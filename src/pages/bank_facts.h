/* What a page says about a bank: its threshold, and what can honestly be promised of it. */
#ifndef PB_PAGES_BANK_FACTS_H
#define PB_PAGES_BANK_FACTS_H

#include <purebank/bank.h>

#include "pages/html.h"

/* A list of facts, open: the caller may add <div><dt>..</dt><dd>..</dd></div> and ends it with </dl>. */
void pb_page_bank_facts(pb_page *page, const pb_bank *bank);

/* One paragraph: what the false-alarm rate rests on. */
void pb_page_promise(pb_page *page, const pb_bank *bank);

/* One line: backbone, grid, neighbours, image score, purification. */
void pb_page_bank_settings(pb_page *page, const pb_bank *bank);

#endif
