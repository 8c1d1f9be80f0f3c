/** Builds the page in the folder `app` and its worker into the folder `out`. */
export const BUNDLERS: Readonly<Record<string, (app: string, out: string) => Promise<void>>>
