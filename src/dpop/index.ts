export { dpop, type DpopTransport } from './dpop.ts'
