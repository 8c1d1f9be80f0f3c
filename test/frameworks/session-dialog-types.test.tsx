import { createElement, createRef, type ReactElement } from 'react'
import { expectTypeOf, test } from 'vitest'
import type { SvelteHTMLElements } from 'svelte/elements'
import type { GlobalComponents } from 'vue'
import type { Session } from '../../src/index.ts'
import type { SessionDialogElement, SessionDialogProps } from '../../src/element/index.ts'
import type {} from '../../src/react/index.ts'
import type {} from '../../src/svelte/index.ts'
import type {} from '../../src/vue/index.ts'

// What compiles and what must not. These fail in `npm run test:types`; here they only have to run.

test('React: <session-dialog> takes a session, texts, and the attributes of every element', () => {
  const render = (session: Session): ReactElement[] => [
    <session-dialog
      key={1}
      session={session}
      heading="Still there?"
      lang="en"
      className="dialog"
    />,
    <session-dialog key={2} ref={createRef<SessionDialogElement>()}>
      <button slot="message">Save</button>
    </session-dialog>,
    createElement('session-dialog', { session: null }),
    // @ts-expect-error -- not a session
    <session-dialog key={3} session={session.state} />,
    // @ts-expect-error -- no such text
    <session-dialog key={4} headline="Still there?" />,
  ]
  expectTypeOf(render).toBeFunction()
})

test('Vue: a template knows the properties of <session-dialog>', () => {
  type Props = InstanceType<GlobalComponents['session-dialog']>['$props']
  expectTypeOf<Props>().toExtend<SessionDialogProps>()
})

test('Svelte: markup knows the attributes of <session-dialog>', () => {
  type Attributes = SvelteHTMLElements['session-dialog']
  expectTypeOf<Attributes['session']>().toEqualTypeOf<SessionDialogProps['session']>()
  expectTypeOf<Attributes>().not.toHaveProperty('headline')
})

test('any other framework declares the element with its properties', () => {
  const use = (dialog: SessionDialogElement, session: Session): void => {
    const props: SessionDialogProps = { session, stay: 'Stay', close: undefined }
    Object.assign(dialog, props)
    // @ts-expect-error -- readonly
    props.session = null
  }
  expectTypeOf(use).toBeFunction()
})
