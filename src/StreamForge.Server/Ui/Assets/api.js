// The server's calls. A problem document becomes a Problem with the server's own sentence; a server that is away becomes an Away.

const PATIENCE = 5000;

export class Problem extends Error {
  constructor(document) {
    super(document.detail);
    this.kind = document.kind;
    this.status = document.status;
  }
}

export class Away extends Error {}

export async function get(path, parameters = {}, signal = undefined) {
  const query = new URLSearchParams(parameters).toString();
  const limits = [AbortSignal.timeout(PATIENCE)];
  if (signal) limits.push(signal);
  let response;
  let body;
  try {
    response = await fetch(query ? `${path}?${query}` : path, { signal: AbortSignal.any(limits), headers: { accept: 'application/json' } });
    body = await response.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Away('the server does not answer');
  }
  if (!response.ok) throw new Problem(body);
  return body;
}

export const path = (...parts) => `/v1/${parts.map(encodeURIComponent).join('/')}`;

/** The same call for a terminal. */
export function curl(at, parameters) {
  const query = Object.entries(parameters).map(([name, text]) => `${encodeURIComponent(name)}=${encodeURIComponent(text)}`).join('&');
  return `curl '${location.origin}${at}${query && '?'}${query}'`.replaceAll('%2C', ',');
}
