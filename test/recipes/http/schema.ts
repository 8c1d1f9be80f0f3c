// As openapi-typescript writes it for the API of these tests.
export interface paths {
  '/me': {
    get: {
      responses: { 200: { content: { 'application/json': { user: string } } } }
    }
  }
  '/notes': {
    post: {
      requestBody: { content: { 'application/json': { text: string } } }
      responses: { 201: { content: { 'application/json': { user: string; text: string } } } }
    }
  }
}
