import { sessionPlugin } from 'latchkey/vue'
import { session } from '../utils/session'

export default defineNuxtPlugin(({ vueApp }) => {
  vueApp.use(sessionPlugin, session)
})
