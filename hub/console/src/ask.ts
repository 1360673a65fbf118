// Asking the hub on behalf of a page: what goes wrong is said where it was asked, and a login that is over ends the page.

import { Refusal, get, post, postForFile, send } from "./api.js";
import { h, icon } from "./dom.js";
import { capital, text } from "./words.js";

export interface Asking {
  csrf(): string;
  loggedOut(): void;
}

/** Null where the login is over. Without a body nothing is changed; a file is sent as it is. */
export function ask<T>(asking: Asking, path: string, body: object | null): Promise<T | Refusal | null> {
  return tried(asking, () => {
    if (body === null) return get<T>(path);
    return body instanceof Blob ? send<T>(path, body, asking.csrf()) : post<T>(path, body, asking.csrf());
  });
}

/** The same, for a file to keep. */
export function askForFile(asking: Asking, path: string, body: object): Promise<Blob | Refusal | null> {
  return tried(asking, () => postForFile(path, body, asking.csrf()));
}

async function tried<T>(asking: Asking, request: () => Promise<T>): Promise<T | Refusal | null> {
  try {
    return await request();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code !== "not_logged_in") return error;
    asking.loggedOut();
    return null;
  }
}

export function refusalElement(of: Refusal): HTMLElement {
  return h("div", { class: "refusal", attrs: { role: "alert" } }, icon("notice"), h("div", {}, h("strong", { text: text("not_done") }), h("p", { text: `${capital(of.message)}.` })));
}
