// To the browser's downloads.

import { h } from "./dom.js";

export function save(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = h("a", { attrs: { href: address, download: name } });
  link.click();
  URL.revokeObjectURL(address);
}
