export interface Answer {
  readonly status: number;
  /** The beginning of its body; may be empty. */
  readonly words: string;
}

/** No answer came: the request may be repeated, and may have been carried out. */
export class EndpointUnreachable extends Error {
  override readonly name = 'EndpointUnreachable';
  /** Scheme, host and port alone: the rest of a webhook's address is a credential. */
  readonly origin: string;
  /** Node's or undici's code, such as `ECONNREFUSED`. */
  readonly code: string;

  constructor(action: string, origin: string, code: string) {
    super(
      `No answer from ${origin} while ${action} (${code}). Is the server up, and is its certificate's authority in sharepoint.ca_file?`,
    );
    this.origin = origin;
    this.code = code;
  }
}

/** The server could not do it now: 408, 429, 5xx, or an answer that is not the one that was asked for. */
export class EndpointFailed extends Error {
  override readonly name = 'EndpointFailed';
  readonly origin: string;
  readonly status: number;

  constructor(action: string, origin: string, answer: Answer) {
    super(
      `${origin} failed while ${action}: ${answerText(answer)}. The request is repeated a few times; if that does not help, look at that server's log.`,
    );
    this.origin = origin;
    this.status = answer.status;
  }
}

/** The server will not do it, however often it is asked. */
export class EndpointRefused extends Error {
  override readonly name = 'EndpointRefused';
  readonly origin: string;
  readonly status: number;

  constructor(action: string, origin: string, answer: Answer) {
    super(
      `${origin} refused ${action}: ${answerText(answer)}. Correct generate.endpoints or generate.webhook_url, or what they are asked for.`,
    );
    this.origin = origin;
    this.status = answer.status;
  }
}

function answerText({ status, words }: Answer): string {
  return words === '' ? String(status) : `${status}, "${words}"`;
}
