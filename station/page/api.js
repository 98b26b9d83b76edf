// What the station says, and what it is told.

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

let signIn = () => Promise.reject(new Refused(401, "The station asks for a token."));
export function onUnauthorized(ask) {
  signIn = ask;
}

async function call(method, path, body, signal) {
  let answer;
  try {
    answer = await fetch("/api/v1/" + path, {
      method,
      signal,
      cache: "no-store",
      headers: body === undefined ? {} : {"Content-Type": "application/json"},
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, "The station does not answer.");
  }
  if (answer.status === 401 && path !== "session") {
    await signIn();
    return call(method, path, body, signal);
  }
  if (answer.status === 204) return null;
  let told = null;
  try {
    told = await answer.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
  }
  if (!answer.ok || told === null)
    throw new Refused(answer.status, told?.error?.message ?? `The station answered with status ${answer.status}.`);
  return told;
}

export const get = (path, signal) => call("GET", path, undefined, signal);
export const post = (path, body, signal) => call("POST", path, body, signal);
export const remove = (path, signal) => call("DELETE", path, undefined, signal);

// Values that are empty are left out: "parts" + query({lot: "a b", line: ""}) is "parts?lot=a+b".
export function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return given.length === 0 ? "" : "?" + new URLSearchParams(given);
}

export const partPath = (id) => "parts/" + encodeURIComponent(id);
export const productPath = (name) => "products/" + encodeURIComponent(name);
