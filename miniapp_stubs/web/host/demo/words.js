import { language } from '../words.js'

const WORDS = {
  zh: {
    demo: '演示',
    about: '这里的微信、人口库和部门都是模拟的，人物皆为虚构。',
    phone: '这是谁的手机',
    camera: '手机相机看到的',
    person: '这个人的脸',
    device: '本机摄像头',
    pose: '此人现在',
    poses: { neutral: '正对镜头', turn_left: '向左转头', turn_right: '向右转头', open_mouth: '张嘴', blink: '闭眼' },
    sandbox: '模拟环境的控制台',
    away: '模拟环境没有应答',
    close: '关闭',
  },
  en: {
    demo: 'Demo',
    about: 'WeChat, the population authority and the departments are simulated here; all people are made up.',
    phone: 'Whose phone this is',
    camera: 'What its camera sees',
    person: "This person's face",
    device: "This device's camera",
    pose: 'They now',
    poses: {
      neutral: 'look ahead',
      turn_left: 'turn left',
      turn_right: 'turn right',
      open_mouth: 'open the mouth',
      blink: 'close the eyes',
    },
    sandbox: 'Controls of the sandbox',
    away: 'The sandbox does not answer',
    close: 'Close',
  },
}

export const demoWord = (name) => WORDS[language()][name]
