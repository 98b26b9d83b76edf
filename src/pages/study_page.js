// The page of a study: shows what the bar asks for. Parts carry what they are about as data-setup, data-n, data-c, data-benchmark.
"use strict";
(() => {
  const bar = document.getElementById("filters");
  const selects = [...bar.querySelectorAll("select")];
  const panels = [...document.querySelectorAll(".panel[id], .panel.drawn")];
  const heads = [...document.querySelectorAll("h2.part")];

  const wanted = () => Object.fromEntries(selects.map((select) => [select.dataset.filter, select.value]));
  const matches = (element, filter) => Object.entries(filter).every(([key, value]) =>
    value === "" || element.dataset[key] === undefined || element.dataset[key] === value);
  const visible = (elements) => elements.filter((element) => !element.hidden);

  // A heading above several columns is as wide as what is left of them.
  function fitGroups(table) {
    const groups = table.querySelector("tr.groups");
    if (!groups) return;
    const columns = [...table.tHead.rows[1].cells];
    let begin = 0;
    for (const cell of groups.cells) {
      cell.dataset.width ??= cell.colSpan;
      const end = begin + Number(cell.dataset.width);
      const left = visible(columns.slice(begin, end)).length;
      cell.hidden = left === 0;
      cell.colSpan = Math.max(left, 1);
      begin = end;
    }
  }

  // Hides rows and columns of a table; is there anything left, and about the benchmark asked for?
  function filterTable(table, filter) {
    const { benchmark, ...others } = filter;
    const parts = [...table.querySelectorAll("tr, tr:not(.groups) > *")];
    const divided = parts.some((part) => part.dataset.benchmark !== undefined);
    for (const part of parts) part.hidden = !matches(part, divided ? filter : others);
    // The column of all benchmarks together is no answer to a question about one of them.
    if (divided && benchmark) {
      const inColumns = [...table.tHead.rows].at(-1).querySelector("[data-benchmark]") !== null;
      if (inColumns)
        for (const row of table.rows)
          if (!row.matches(".groups, .group"))
            [...row.cells].slice(1).forEach((cell) => { cell.hidden ||= cell.dataset.benchmark === undefined; });
    }
    fitGroups(table);
    const rows = visible([...table.tBodies[0].rows]).filter((row) => !row.classList.contains("group"));
    const columns = visible([...[...table.tHead.rows].at(-1).cells]);
    return rows.length > 0 && columns.length > 1 && (!benchmark || divided);
  }

  function update() {
    const filter = wanted();
    for (const panel of panels) {
      const table = panel.querySelector("table");
      const inside = { ...filter };
      for (const key of Object.keys(inside)) if (panel.dataset[key] !== undefined) inside[key] = "";
      panel.hidden = !matches(panel, filter) || (table !== null && !filterTable(table, { ...inside, benchmark: filter.benchmark }));
      if (panel.tagName === "DETAILS") panel.open = filter.c !== "" && !panel.hidden;
    }
    for (const link of document.querySelectorAll(".contents a"))
      link.parentElement.hidden = document.getElementById(link.hash.slice(1)).hidden;
    for (const head of heads) {
      let next = head.nextElementSibling;
      const own = [];
      for (; next && next.tagName !== "H2" && next.tagName !== "FOOTER"; next = next.nextElementSibling)
        own.push(...(next.matches(".panel") ? [next] : next.querySelectorAll(".panel")));
      head.hidden = visible(own).length === 0;
    }
    document.getElementById("shown").textContent =
      `${visible(panels).length} of ${panels.length} tables and figures shown`;
  }

  bar.addEventListener("change", update);
  bar.addEventListener("reset", () => setTimeout(update));
  bar.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("pageshow", update);
  bar.hidden = false;
  update();
})();
