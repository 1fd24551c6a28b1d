// The page's own script: copy buttons, tables that sort and search, plots, and the colours of the system's scheme.
// Everything that comes from the data is set as text or as a property, never as markup.

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const targets = read("link-targets");
const root = document.documentElement;
root.classList.add("scripts");

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// --- A place in the genome, as chipatlas.browser_links writes it -------------------------------------

function position(name) {
  if (targets.kind !== "region") return name;
  const [, chrom, start, end] = name.match(/^(.*):(\d+)-(\d+)$/s);
  return `${chrom}:${Number(start) + 1}-${end}`;
}

function locus(name) {
  const at = encodeURIComponent(position(name));
  const copy = element("button", { type: "button", className: "copy", ariaLabel: `Copy ${name}` }, "Copy");
  copy.dataset.copy = name;
  const links = [["UCSC", targets.ucsc], ["IGV", targets.igv]].filter(([, prefix]) => prefix).map(([browser, prefix]) =>
    element("a", {
      href: prefix + at, target: "_blank", rel: "noopener noreferrer", ariaLabel: `${name} in ${browser}`,
    }, browser));
  return element("span", { className: "locus" },
    element("bdi", { className: "name" }, name), " ", element("span", { className: "acts" }, copy, ...links));
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Pages opened from a disk have no clipboard in some browsers.
    const field = element("textarea", { value: text });
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("button.copy");
  if (!button) return;
  const copied = await copyText(button.dataset.copy);
  document.getElementById("announcement").textContent =
    copied ? `Copied ${button.dataset.copy}` : "The browser did not allow copying";
  button.textContent = copied ? "Copied" : "Not copied";
  button.focus();
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
});

// --- Tables -----------------------------------------------------------------------------------------------------

const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escaped = (text) => text.replace(/[&<>"']/g, (mark) => entities[mark]);
const genomeOrder = (text) => text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(12, "0"));

function cell(kind) {
  return (text, purpose) => {
    if (purpose === "display") return kind === "locus" ? locus(text) : element("span", { title: text, dir: "auto" }, text);
    if (purpose === "filter") return escaped(text); // DataTables decodes entities here by parsing
    if (kind === "number") return text === "" ? Infinity : Number(text);
    return kind === "locus" ? genomeOrder(text) : text.toLowerCase();
  };
}

function browse(table) {
  const { kinds, rows } = read(table.dataset.browse);
  return new globalThis.DataTable(table, {
    data: rows,
    columns: kinds.map((kind, index) => ({
      data: index, render: cell(kind), type: kind === "number" ? "num" : "string", className: kind,
    })),
    order: [],
    deferRender: true,
    autoWidth: false,
    pageLength: 25,
    lengthMenu: [10, 25, 50, 100, 500],
    layout: { topStart: "search", topEnd: "pageLength", bottomStart: "info", bottomEnd: "paging" },
    language: { search: "Search:", lengthMenu: "_MENU_ rows a page" },
  });
}

// --- Plots ------------------------------------------------------------------------------------------------------

function showChosen(box, source) {
  const indices = source.selected.indices;
  if (!indices.length) {
    box.textContent = "Point at a dot for its numbers; click it for links.";
    return;
  }
  const words = JSON.parse(box.dataset.words);
  const shown = indices.slice(0, 5).map((index) => {
    const values = element("dl", {});
    for (const [label, column] of words) {
      if (column === "place") continue;
      const value = source.data[column][index];
      const text = typeof value === "number" ? String(Number(value.toPrecision(4))) : value;
      if (text !== "") values.append(element("div", {}, element("dt", {}, label), element("dd", { dir: "auto" }, text)));
    }
    return element("div", {}, locus(source.data.place[index]), values);
  });
  const more = indices.length > 5 ? [element("p", {}, `and ${indices.length - 5} more at this spot`)] : [];
  box.replaceChildren(...shown, ...more);
}

const documents = [];

async function draw(holder) {
  const name = holder.dataset.plots;
  const manager = await globalThis.Bokeh.embed.embed_item(JSON.parse(holder.textContent), name);
  const plots = manager.roots[0].model.document;
  documents.push(plots);
  const source = plots.get_model_by_name("points");
  const box = document.getElementById(`${name}-chosen`);
  source.selected.change.connect(() => showChosen(box, source));
  if (matchMedia("(pointer: coarse)").matches) {
    // A finger on a plot scrolls the page; the tools are one tap away.
    for (const model of models(plots, "Toolbar")) model.active_drag = null;
  }
}

const models = (plots, type) => [...plots.all_models].filter((model) => model.type === type);

function paint(dark) {
  const ink = dark ? "#e4eaf1" : "#1c2330";
  for (const plots of documents) {
    // Colours that run from pale to dark keep the ground they were chosen for.
    const paper = [...plots.all_models].some((model) => model.name === "paper");
    const line = dark && !paper ? "#313b48" : "#e3e7ec";
    for (const model of plots.all_models) {
      if (model.type === "Figure") {
        model.border_fill_color = null;
        model.background_fill_color = paper && dark ? "#f7f9fb" : null;
        model.outline_line_color = line;
      } else if (model.type.endsWith("Axis")) {
        model.axis_label_text_color = model.major_label_text_color = ink;
        model.axis_line_color = model.major_tick_line_color = model.minor_tick_line_color = dark ? "#8a97a8" : "#7a8594";
        model.axis_label_text_font_style = "normal";
      } else if (model.type === "Grid") {
        model.grid_line_color = line;
      } else if (model.name === "guide") {
        model.line_color = dark && !paper ? "#a0adbc" : "#566070";
      }
    }
  }
}

const scheme = matchMedia("(prefers-color-scheme: dark)");
function follow() {
  root.classList.toggle("dark", scheme.matches);
  paint(scheme.matches);
}

// --- Pictures, enlarged -------------------------------------------------------------------------------------------
// The dialog is the browser's own: Escape closes it, and the focus goes back to the picture.

const ZOOMS = [1, 1.5, 2, 3, 4];

function enlarge(picture) {
  let step = 0;
  const big = element("img", { src: picture.src, alt: picture.alt });
  const room = element("div", { className: "room", tabIndex: 0, ariaLabel: "Picture; arrow keys move it" }, big);
  const button = (text, label, act) => {
    const made = element("button", { type: "button", ariaLabel: label }, text);
    made.addEventListener("click", act);
    return made;
  };
  const zoom = (by) => {
    step = Math.min(Math.max(step + by, 0), ZOOMS.length - 1);
    big.style.cssText = step ? `max-width:none;max-height:none;height:auto;width:${ZOOMS[step] * 100}%` : "";
  };
  const dialog = element("dialog", { className: "picture", ariaLabel: picture.alt });
  const bar = element("div", { className: "bar" }, button("+", "Larger", () => zoom(1)),
    button("\u2212", "Smaller", () => zoom(-1)), button("Close", "Close", () => dialog.close()));
  dialog.append(bar, room);
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "+" || event.key === "=") zoom(1);
    if (event.key === "-") zoom(-1);
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  room.focus();
}

document.addEventListener("click", (event) => {
  const chosen = event.target.closest?.("button.enlarge");
  if (chosen) enlarge(chosen.querySelector("img"));
});

// --- Tabs -------------------------------------------------------------------------------------------------------
// Tables and plots are made when their tab is first seen: hidden ones have no width, and would cost the page its start.

const tabs = [...document.querySelectorAll("[role=tab]")];
const panels = [...document.querySelectorAll("[role=tabpanel]")];
const places = panels.length ? panels : [document.getElementById("content")];

function fill(panel) {
  const found = (selector) => [...panel.querySelectorAll(selector)];
  globalThis.browsed.push(...found("table[data-browse]:not([data-filled])").map((table) => {
    table.dataset.filled = "true";
    return browse(table);
  }));
  const holders = found("script[data-plots]:not([data-filled])");
  return Promise.all(holders.map((holder) => {
    holder.dataset.filled = "true";
    return draw(holder);
  }));
}

async function show(panel) {
  for (const tab of tabs) {
    const chosen = tab.dataset.tab === panel.id;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
  for (const other of panels) other.hidden = other !== panel;
  await fill(panel);
  follow();
}

async function goTo(name) {
  const aim = document.getElementById(name);
  const panel = aim?.closest("[role=tabpanel]");
  if (!panel) return;
  if (panel.hidden) await show(panel);
  aim.scrollIntoView();
}

for (const [index, tab] of tabs.entries()) {
  tab.addEventListener("click", () => show(document.getElementById(tab.dataset.tab)));
  tab.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: index + 1, ArrowLeft: index - 1 + tabs.length, Home: 0, End: tabs.length - 1 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const next = tabs[steps[event.key] % tabs.length];
    next.focus();
    next.click();
  });
}
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("nav a[href^='#']");
  if (link && tabs.length) goTo(decodeURIComponent(link.hash.slice(1)));
});
addEventListener("hashchange", () => goTo(decodeURIComponent(location.hash.slice(1))));
// On paper every part is there.
addEventListener("beforeprint", () => panels.forEach(fill));

// --- Start ------------------------------------------------------------------------------------------------------

follow();
if (innerWidth <= 1050) document.querySelector("nav details").open = false;
globalThis.DataTable.ext.errMode = "throw";
globalThis.browsed = [];
await show(places[0]);
await goTo(decodeURIComponent(location.hash.slice(1)));
scheme.addEventListener("change", follow);
follow();
root.dataset.ready = "true";
