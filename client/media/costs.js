// The table of endpoints: sorts, filters and opens places. Everything it shows comes in one message.
(function () {
  const vscode = acquireVsCodeApi();
  const body = document.querySelector("tbody");
  const filter = document.getElementById("filter");
  const growing = document.getElementById("growing");
  const state = Object.assign({ key: "degree", descending: true, opened: [] }, vscode.getState());
  let endpoints = [];

  function text(tag, content, className) {
    const element = document.createElement(tag);
    element.textContent = content;
    if (className) element.className = className;
    return element;
  }

  function link(content, place) {
    const element = text("a", content);
    element.href = "#";
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
    return endpoint.path + " " + endpoint.name;
  }

  function termsOf(endpoint) {
    const cell = document.createElement("td");
    cell.colSpan = 6;
    const list = document.createElement("ul");
    for (const term of endpoint.terms) {
      for (const each of term.because) {
        const item = text("li", (term.per.length > 0 ? "for each of " + term.per.join(" and ") : "once") + ": ");
        item.append(link(each.message.replaceAll("`", ""), each));
        list.append(item);
      }
    }
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
    const queries = document.createElement("td");
    queries.className = "queries";
    const toggle = text("button", (endpoint.exact ? "" : "about ") + endpoint.queries);
    toggle.type = "button";
    toggle.title = endpoint.degree > 0 ? "grows with the tables; show the places of each term" : "show the places of each term";
    toggle.setAttribute("aria-expanded", String(isOpen));
    toggle.addEventListener("click", () => {
      state.opened = isOpen ? state.opened.filter((each) => each !== id) : [...state.opened, id];
      render();
    });
    queries.append(toggle);
    const name = document.createElement("td");
    name.append(link(endpoint.name, endpoint));
    const place = document.createElement("td");
    place.append(link(endpoint.path, endpoint));
    row.append(text("td", endpoint.address), name, queries, text("td", endpoint.atScale.toLocaleString(), "number"), text("td", endpoint.rows), place);
    return isOpen ? [row, termsOf(endpoint)] : [row];
  }

  function render() {
    vscode.setState(state);
    const wanted = filter.value.toLowerCase();
    const shown = endpoints.filter((each) => (!growing.checked || each.degree > 0) && [each.address, each.name, each.path].some((part) => part.toLowerCase().includes(wanted))).sort(compare);
    body.replaceChildren(...shown.flatMap(rowOf));
    document.getElementById("count").textContent = shown.length + " of " + endpoints.length;
    document.getElementById("empty").hidden = endpoints.length > 0;
    for (const header of document.querySelectorAll("th")) {
      if (header.dataset.key === state.key) header.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
      else header.removeAttribute("aria-sort");
    }
  }

  for (const header of document.querySelectorAll("th")) {
    header.querySelector("button").addEventListener("click", () => {
      state.descending = state.key === header.dataset.key ? !state.descending : ["degree", "atScale"].includes(header.dataset.key);
      state.key = header.dataset.key;
      render();
    });
  }
  filter.addEventListener("input", render);
  growing.addEventListener("change", render);
  for (const as of ["csv", "json"]) document.getElementById(as).addEventListener("click", () => vscode.postMessage({ kind: "export", as }));
  window.addEventListener("message", ({ data }) => {
    if (data.kind !== "endpoints") return;
    endpoints = data.endpoints;
    render();
  });
  vscode.postMessage({ kind: "ready" });
})();
