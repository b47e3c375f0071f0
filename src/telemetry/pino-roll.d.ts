declare module 'pino-roll' {
  import type { DestinationStream } from 'pino';

  interface RollOptions {
    readonly file: string;
    readonly extension: string;
    readonly frequency: 'daily' | 'hourly';
    readonly dateFormat: string;
    readonly mkdir: boolean;
    readonly limit: { readonly count: number };
  }

  export default function roll(options: RollOptions): Promise<DestinationStream>;
}
