// `wx`, put together.

import { account } from './account.js'
import { device } from './device.js'
import { fileSystem, saving, USER_DATA_PATH } from './files.js'
import { interaction } from './interaction.js'
import { media } from './media.js'
import { navigation } from './navigation.js'
import { network } from './network.js'
import { permissions } from './permissions.js'
import { queries } from './queries.js'
import { storage } from './storage.js'
import { unavailable } from './unavailable.js'

/** @param {object} host router, bars, files, cameras, demo (null outside the demo), app (listeners of its life) */
export function createWx(host) {
  const { router, bars, files, cameras, demo, life, launch } = host
  const available = {
    ...account(demo),
    ...device(),
    ...interaction(),
    ...media(files, cameras),
    ...navigation(router, bars),
    ...network(files),
    ...permissions(),
    ...queries(router),
    ...saving(files),
    ...storage(demo ? demo.person : ''),
    ...life.functions(),
    env: { USER_DATA_PATH },
    getFileSystemManager: () => fileSystem(files),
    getExtConfigSync: () => ({ server: location.origin }),
    getLaunchOptionsSync: () => launch,
    getEnterOptionsSync: () => launch,
    getUpdateManager: () => ({
      onCheckForUpdate() {},
      onUpdateReady() {},
      onUpdateFailed() {},
      applyUpdate: () => location.reload(),
    }),
    getLogManager: () => console,
    getRealtimeLogManager: () => console,
    nextTick: (callback) => queueMicrotask(callback),
  }
  const wx = { ...unavailable, ...available }
  wx.canIUse = (schema) => schema.split('.')[0] in available
  return wx
}
