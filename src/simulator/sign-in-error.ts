/** An error of the token endpoint: `number` is that of `AADSTS...`. */
export class SignInError extends Error {
  override readonly name = 'SignInError';
  readonly status: number;
  readonly error: string;
  readonly number: number;

  constructor(status: number, error: string, number: number, message: string) {
    super(message);
    this.status = status;
    this.error = error;
    this.number = number;
  }
}

/** The application is known, and its proof is not accepted. */
export function invalidClient(number: number, message: string): SignInError {
  return new SignInError(401, 'invalid_client', number, message);
}
