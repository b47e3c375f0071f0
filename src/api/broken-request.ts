import type { Socket } from 'node:net';

import { Problem, problemBody, problemMediaType } from './problem.ts';

const problems: Readonly<Record<string, () => Problem>> = {
  HPE_HEADER_OVERFLOW: () => new Problem('headers_too_large', 'They have more than 16 KiB.'),
  ERR_HTTP_REQUEST_TIMEOUT: () => new Problem('bad_request', 'It did not come as a whole within a minute.'),
};

/** What cannot be read as HTTP never becomes a request: answered on the connection itself, which then ends. */
export function answerBrokenRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = problems[error.code ?? '']?.() ?? new Problem('bad_request', 'This is not HTTP/1.1.');
  const body = JSON.stringify(problemBody(problem, { url: '', id: '' }));
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.status === 431 ? 'Request Header Fields Too Large' : 'Bad Request'}\r\n` +
      `content-type: ${problemMediaType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
