/** How often each story is told in a row: once by default. For a longer look: `STORIES=20 npm run test:browser` */
export const REPEATS = Number(process.env['STORIES'] ?? 1)
