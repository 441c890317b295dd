// WeChat's component framework, set up for a browser: one code space with the built-in components, into which pages and
// their components are put when they are first needed.

import * as glassEasel from 'glass-easel'
import { MiniProgramEnv } from 'glass-easel-miniprogram-adapter'
import { Backend } from './backend.js'
import { G as templates } from 'host:templates'

/** Said of components in packages, for properties that only WeChat has and components that are not used. */
const OF_PACKAGES = /is not a valid property|the target of relation/

/** Behaviors that WeChat has built in. */
const WECHAT_BEHAVIORS = {
  'wx://form-field': { properties: { name: String, value: null } },
}

export class Framework {
  /** `builtIns(space)` registers the built-in components there and returns them by tag. */
  constructor(stage, builtIns) {
    const { globalOptions } = glassEasel
    globalOptions.throwGlobalError = false
    globalOptions.useMethodCallerListeners = true // handlers that are put on `this` at run time are heard, too
    glassEasel.addGlobalWarningListener((message) => !OF_PACKAGES.test(message))
    this.environment = new MiniProgramEnv()
    this.backend = this.environment.associateBackend(new Backend(stage))
    const found = builtIns(this.environment.getGlobalCodeSpace().getComponentSpace())
    this.space = this.environment.createCodeSpace('', true)
    const components = this.space.getComponentSpace()
    components.updateComponentOptions({ writeIdToDOM: true })
    for (const [tag, definition] of Object.entries(found)) components.setGlobalUsingComponent(tag, definition)
    this.registered = new Set()
    this.behaviors = {}
    this.environmentOfPart = null
  }

  /** Calls `listener(error)` for whatever an event handler or a lifetime of the mini-program throws. */
  onError(listener) {
    glassEasel.addGlobalErrorListener((error) => listener(error))
  }

  /** The globals with which a file of the mini-program says what it is. */
  globals() {
    return {
      Page: (definition) => this.#define('Page', definition),
      Component: (definition) => this.#define('Component', definition),
      Behavior: (definition) => this.space.behavior().definition(this.#withBehaviors(definition)).register(),
    }
  }

  #define(kind, definition) {
    if (!this.environmentOfPart) throw new Error(`${kind}() outside of a page's or component's file`)
    const { env } = this.environmentOfPart
    this.environmentOfPart.isDefined = true
    return env[kind](this.#withBehaviors(definition))
  }

  #withBehaviors(definition) {
    if (!definition.behaviors) return definition
    return { ...definition, behaviors: definition.behaviors.map((one) => this.#behavior(one)) }
  }

  #behavior(named) {
    if (typeof named !== 'string') return named
    this.behaviors[named] ??= this.space
      .behavior()
      .definition(WECHAT_BEHAVIORS[named] || {})
      .register()
    return this.behaviors[named]
  }

  /** Puts a part (see compiler/bundle.mjs) and all it uses into the space, once. */
  register(part) {
    if (this.registered.has(part.key)) return
    this.registered.add(part.key)
    part.uses().forEach((used) => this.register(used))
    this.space.addComponentStaticConfig(part.key, { ...part.config, styleIsolation: isolation(part) })
    if (part.scope) this.space.addStyleSheet(part.key, undefined, part.scope)
    if (part.template) {
      this.space.addCompiledTemplate(part.key, {
        groupList: templates,
        content: part.template,
        fallbackListenerOnNativeNode: true,
      })
    }
    this.space.componentEnv(part.key, (env) => this.#load(part, env))
  }

  #load(part, env) {
    const outer = this.environmentOfPart
    this.environmentOfPart = { env, isDefined: false }
    try {
      part.load()
    } finally {
      if (!this.environmentOfPart.isDefined) env.Component({})
      this.environmentOfPart = outer
    }
  }

  createPage(key) {
    return this.backend.createRoot('page', this.space, key)
  }
}

/**
 * Class names of parts with a scope are prefixed with it; `apply-shared` gives the elements those of app and page, too.
 */
function isolation({ scope, config }) {
  if (!scope) return 'shared'
  return config.styleIsolation === 'apply-shared' || config.addGlobalClass ? 'apply-shared' : 'isolated'
}
