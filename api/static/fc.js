// Defines <fact-check>; until it is more, what stands in the element is shown.
customElements.define('fact-check', class extends HTMLElement {});
