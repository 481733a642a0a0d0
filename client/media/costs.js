// The table of endpoints: sorts, filters and opens places. Everything it shows comes in one message.
(function () {
  const vscode = acquireVsCodeApi();
  const body = document.querySelector("tbody");
  const filter = document.getElementById("filter");
  const growing = document.getElementById("growing");
  const state = Object.assign({ key: "degree", descending: true, opened: [], filter: "", growing: false }, vscode.getState());
  const ROWS = { none: "none", bounded: "limited", page: "a page", unbounded: "every row" };
  let endpoints = [];

  function text(tag, content, className) {
    const element = document.createElement(tag);
    element.textContent = content;
    if (className) element.className = className;
    return element;
  }

  /** Addresses and paths break behind their slashes. */
  function breakable(element) {
    const parts = element.textContent.split(/(?<=[/.])/);
    element.replaceChildren(...parts.flatMap((part, i) => (i > 0 ? [document.createElement("wbr"), part] : [part])));
    return element;
  }

  /** Exact where somebody can count that far. */
  function numberOf(count) {
    if (count < 10000) return count.toLocaleString("en-US");
    if (count >= 1e12) return "over 1 trillion";
    return count.toLocaleString("en-US", { notation: "compact", compactDisplay: "long", maximumSignificantDigits: 2 });
  }

  function link(content, place, id) {
    const element = text("a", content);
    element.href = "#";
    element.dataset.id = id;
    element.addEventListener("click", (event) => {
      event.preventDefault();
      vscode.postMessage({ kind: "open", place: { uri: place.uri, range: place.range } });
    });
    return element;
  }

  function compare(a, b) {
    const [x, y] = [a[state.key], b[state.key]];
    const order = typeof x === "number" ? x - y || a.atScale - b.atScale : String(x).localeCompare(String(y));
    return state.descending ? -order : order;
  }

  function idOf(endpoint) {
    return endpoint.path + " " + endpoint.address + " " + endpoint.name;
  }

  function termsOf(endpoint) {
    const cell = document.createElement("td");
    cell.colSpan = 5;
    cell.append(text("p", endpoint.queries + (endpoint.exact ? "" : ", as far as it is understood")));
    const list = document.createElement("ul");
    endpoint.terms.forEach((term, i) => {
      term.because.forEach((each, j) => {
        const item = text("li", (term.per.length > 0 ? "for each of " + term.per.join(" and ") : "once") + ": ");
        item.append(link(each.message.replaceAll("`", ""), each, idOf(endpoint) + " " + i + " " + j));
        list.append(item);
      });
    });
    cell.append(list);
    const row = document.createElement("tr");
    row.className = "terms";
    row.append(cell);
    return row;
  }

  function rowOf(endpoint) {
    const row = document.createElement("tr");
    const id = idOf(endpoint);
    const isOpen = state.opened.includes(id);
    if (endpoint.degree > 0) row.className = "growing";
    const address = breakable(text("th", endpoint.address || "no address known"));
    address.scope = "row";
    const queries = document.createElement("td");
    queries.className = "queries";
    const toggle = text("button", endpoint.atMost);
    toggle.type = "button";
    toggle.dataset.id = "terms " + id;
    toggle.title = endpoint.degree > 0 ? "Grows with the tables. Show the places of each term" : "Show the places of each term";
    toggle.setAttribute("aria-expanded", String(isOpen));
    toggle.addEventListener("click", () => {
      state.opened = isOpen ? state.opened.filter((each) => each !== id) : [...state.opened, id];
      render();
    });
    queries.append(toggle);
    if (endpoint.degree > 0) queries.append(text("span", "grows", "grows"));
    const code = document.createElement("td");
    code.className = "code";
    code.append(link(endpoint.name, endpoint, "code " + id), breakable(text("span", endpoint.path, "path")));
    row.append(address, queries, text("td", numberOf(endpoint.atScale), "number"), text("td", ROWS[endpoint.rows], "rows"), code);
    return isOpen ? [row, termsOf(endpoint)] : [row];
  }

  function render() {
    vscode.setState(state);
    const wanted = state.filter.toLowerCase();
    const focused = document.activeElement?.dataset?.id;
    const shown = endpoints.filter((each) => (!state.growing || each.degree > 0) && [each.address, each.name, each.path].some((part) => part.toLowerCase().includes(wanted))).sort(compare);
    body.replaceChildren(...shown.flatMap(rowOf));
    // The row is another element now; who goes by keyboard stays where they were.
    if (focused !== undefined) [...body.querySelectorAll("[data-id]")].find((each) => each.dataset.id === focused)?.focus();
    document.getElementById("count").textContent = shown.length + " of " + endpoints.length + (endpoints.length === 1 ? " endpoint" : " endpoints");
    document.getElementById("empty").hidden = endpoints.length > 0;
    for (const header of document.querySelectorAll("thead th")) {
      header.setAttribute("aria-sort", header.dataset.key !== state.key ? "none" : state.descending ? "descending" : "ascending");
    }
  }

  for (const header of document.querySelectorAll("thead th")) {
    header.querySelector("button").addEventListener("click", () => {
      state.descending = state.key === header.dataset.key ? !state.descending : ["degree", "atScale"].includes(header.dataset.key);
      state.key = header.dataset.key;
      render();
    });
  }
  filter.value = state.filter;
  growing.checked = state.growing;
  filter.addEventListener("input", () => {
    state.filter = filter.value;
    render();
  });
  growing.addEventListener("change", () => {
    state.growing = growing.checked;
    render();
  });
  for (const as of ["csv", "json"]) document.getElementById(as).addEventListener("click", () => vscode.postMessage({ kind: "export", as }));
  window.addEventListener("message", ({ data }) => {
    if (data.kind !== "endpoints") return;
    endpoints = data.endpoints;
    render();
  });
  vscode.postMessage({ kind: "ready" });
})();
