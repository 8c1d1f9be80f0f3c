export {
  sendResponse,
  toNodeHandler,
  toRequest,
  type NodeRequest,
  type NodeResponse,
} from './node-http.ts'
